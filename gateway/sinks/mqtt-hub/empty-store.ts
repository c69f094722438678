import { type IStore, Store } from 'mqtt';

/**
 * A store for MQTT.js that keeps nothing: the journal is the memory, and the delivery loop sends again. The client's own store
 * would re-send one packet per round trip before it lets anything new pass.
 */
export class EmptyStore extends Store {
  override put(...[, done]: Parameters<IStore['put']>): this {
    done();
    return this;
  }

  override del(...[packet, done]: Parameters<IStore['del']>): this {
    // MQTT.js reports an acknowledgement through this callback: without an error the publish counts as done.
    done(undefined, { cmd: 'puback', ...packet });
    return this;
  }
}
