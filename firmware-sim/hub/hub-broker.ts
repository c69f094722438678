import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes, type AuthenticateError } from 'aedes';

/** What a gateway must log in with. */
export interface HubLogin {
  readonly username: string;
  readonly password: string;
}

/** The broker of the stand-in hub. */
export interface HubBroker extends AsyncDisposable {
  readonly port: number;
}

/** What {@link openHubBroker} needs. */
export interface HubBrokerOptions {
  /** Absent: everybody may come. */
  readonly login?: HubLogin;
  /** Called once for each publish that arrived, in the order of arrival, before it is acknowledged. */
  readonly onPublish: (topic: string, payload: Buffer) => void;
}

/**
 * Aedes on an ephemeral port of the loopback. It counts where a publish comes in: what Aedes hands to its subscribers is less than
 * what it acknowledged.
 */
export async function openHubBroker(options: HubBrokerOptions): Promise<HubBroker> {
  const broker = await Aedes.createBroker({
    authenticate: (_client, username, password, done) => {
      const isKnown = options.login === undefined || isLogin(options.login, username, password);
      if (isKnown) done(null, true);
      else done(badLogin(), false);
    },
    authorizePublish: (client, packet, done) => {
      if (client !== null) options.onPublish(packet.topic, Buffer.from(packet.payload));
      done(null);
    },
  });
  const server = createServer({ noDelay: true }, (socket) => void broker.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The address of a TCP server that listens is never a string.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await closed;
    },
  };
}

function isLogin(login: HubLogin, username: string | undefined, password: Buffer | undefined): boolean {
  const expected = Buffer.from(login.password);
  const given = password ?? Buffer.alloc(0);
  return username === login.username && given.length === expected.length && timingSafeEqual(given, expected);
}

/** @see MQTT 3.1.1, section 3.2.2.3: 4 is «bad user name or password» */
function badLogin(): AuthenticateError {
  return Object.assign(new Error('bad user name or password'), { returnCode: 4 });
}
