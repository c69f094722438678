import { CLIENT_ONLY, type Statement } from './statement.ts';

const NO_WEBSOCKET = 'there is no WebSocket listener';

/** What chapters 4 to 7 of MQTT 3.1.1 demand: behaviour, WebSocket, conformance. */
export const BEHAVIOUR_STATEMENTS: readonly Statement[] = [
  ['4.1.0-1', 'The state of a session is kept as long as the session lasts.'],
  ['4.1.0-2', 'A session lasts as long as its connection at least.'],
  ['4.3.1-1', 'What a server sends with QoS 0 has DUP 0.'],
  [
    '4.3.2-1',
    'What a server sends with QoS 1 has an unused id, DUP 0 at first, and counts as unacknowledged until its PUBACK.',
  ],
  ['4.3.2-2', 'A QoS 1 message is answered with PUBACK; the same id afterwards is a new message.'],
  [
    '4.3.3-1',
    'What a server sends with QoS 2 goes PUBLISH, PUBREC, PUBREL, PUBCOMP, and no PUBLISH behind its PUBREL.',
  ],
  [
    '4.3.3-2',
    'A QoS 2 message is delivered once, however often it comes before its PUBREL; behind its PUBCOMP the id is new.',
  ],
  [
    '4.4.0-1',
    'A client that comes back to its session is sent unacknowledged PUBLISH and PUBREL again, with their ids.',
  ],
  ['4.5.0-1', 'A message is added to the session of every client with a subscription that matches.'],
  ['4.5.0-2', 'A client acknowledges what it is sent, whether it wants it or not.', CLIENT_ONLY],
  ['4.6.0-1', 'PUBLISH packets are sent again in their order.'],
  ['4.6.0-2', 'PUBACKs leave in the order in which the messages came.'],
  ['4.6.0-3', 'PUBRECs leave in the order in which the messages came.'],
  ['4.6.0-4', 'PUBRELs leave in the order in which the PUBRECs came.'],
  ['4.6.0-5', 'Every topic is ordered unless something else was arranged.'],
  ['4.6.0-6', 'Messages of one client, topic and QoS reach each subscriber in the order sent.'],
  ['4.7.1-1', 'Wildcards are for filters; a topic name has none.'],
  ['4.7.1-2', '# stands alone or behind a /, and at the end.'],
  ['4.7.1-3', '+ fills a level, on whatever place.'],
  ['4.7.2-1', 'A filter that begins with a wildcard does not match a topic that begins with $.'],
  ['4.7.3-1', 'Topic names and filters have one character at least.'],
  ['4.7.3-2', 'Topic names and filters hold no U+0000.'],
  ['4.7.3-3', 'Topic names and filters have 65,535 bytes of UTF-8 at most.'],
  ['4.7.3-4', 'Topics are compared as they are: case, spaces, slashes and forms of one character count.'],
  ['4.8.0-1', 'A violation of the protocol ends the connection it came on, unless something else is said.'],
  ['4.8.0-2', 'An error in passing while a packet is handled ends the connection it came on.'],
  ['6.0.0-1', 'Over WebSocket, packets come in binary frames; another frame ends the connection.', NO_WEBSOCKET],
  ['6.0.0-2', 'Packets need not begin or end with a frame.', NO_WEBSOCKET],
  ['6.0.0-3', 'A client offers the subprotocol mqtt.', CLIENT_ONLY],
  ['6.0.0-4', 'The server answers with the subprotocol mqtt.', NO_WEBSOCKET],
  [
    '7.0.0-1',
    'A server that connects to other servers is a conforming client, too.',
    'the link to a hub speaks through MQTT.js, whose conformance is not ours to prove',
  ],
  ['7.0.0-2', 'Nothing beyond the standard is needed to work with it.'],
  ['7.1.1-1', 'A server speaks over a transport that keeps bytes complete and in order.'],
  ['7.1.2-1', 'So does a client.', CLIENT_ONLY],
];
