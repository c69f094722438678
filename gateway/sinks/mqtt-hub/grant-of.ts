import type { IConnackPacket } from 'mqtt';
import type { HubGrant } from '#gateway/model/hub-grant.ts';

/** What a CONNACK grants. */
export function grantOf({ properties = {} }: IConnackPacket): HubGrant {
  const { receiveMaximum, maximumPacketSize, maximumQoS, serverKeepAlive } = properties;
  const { topicAliasMaximum, retainAvailable, sessionExpiryInterval } = properties;
  return {
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    ...(maximumPacketSize === undefined ? {} : { maximumPacketBytes: maximumPacketSize }),
    ...(maximumQoS === undefined ? {} : { maximumQos: maximumQoS }),
    ...(serverKeepAlive === undefined ? {} : { serverKeepAliveSeconds: serverKeepAlive }),
    ...(topicAliasMaximum === undefined ? {} : { topicAliasMaximum }),
    ...(retainAvailable === undefined ? {} : { isRetainAvailable: retainAvailable }),
    ...(sessionExpiryInterval === undefined ? {} : { sessionExpirySeconds: sessionExpiryInterval }),
  };
}
