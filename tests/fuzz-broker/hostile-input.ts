import { generate, type Packet } from 'mqtt-packet';
import type { FuzzInput } from '#tests/fuzz/fuzz-target.ts';
import { cutAnew, damageBytes, damageOrder, isLikely, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

/** The topics that a hostile client may use; the honest ones are elsewhere. */
export const HOSTILE_TOPICS = 'hostile/#';

/** What one hostile connection sends, and how it ends. */
export interface HostileInput {
  readonly kind: string;
  readonly pieces: FuzzInput;
  /** Closes its side, cuts the connection, or says nothing more and waits for what the gateway does. */
  readonly ending: 'end' | 'reset' | 'silent';
}

/** Made of chance alone, so that a seed brings it back. */
export function hostileInput(random: SeededRandom): HostileInput {
  const [kind, make] = pick(random, KINDS);
  return { kind, pieces: make(random), ending: pick(random, ['end', 'reset', 'silent']) };
}

type QoS = 0 | 1 | 2;

type Kind = readonly [name: string, make: (random: SeededRandom) => FuzzInput];

const KINDS: readonly [Kind, ...Kind[]] = [
  ['noise', (random) => [randomBytes(random, random.integer(1, 4000))]],
  ['session', (random) => cutAnew(random, session(random))],
  [
    'damagedSession',
    (random) =>
      cutAnew(
        random,
        session(random).map((packet) => damageSome(random, packet)),
      ),
  ],
  ['disorder', (random) => damageOrder(random, session(random))],
  ['truncated', truncated],
  ['hugeLength', hugeLength],
  ['everyHeader', everyHeader],
  ['deepTopic', (random) => login(random, subscribe(random, deepTopic(random)), publish(random, deepTopic(random)))],
  ['badText', (random) => login(random, rawPublish(randomBytes(random, random.integer(1, 40)), Buffer.alloc(3)))],
  ['qos2Flood', qos2Flood],
  ['tls', tlsGarbage],
  ['webSocket', webSocketGarbage],
  [
    'proxyHeader',
    (random) => [damageSome(random, Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n')), ...session(random)],
  ],
];

const EMPTY = Buffer.alloc(0);

function damageSome(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return isLikely(random, 0.4) ? damageBytes(random, bytes, '\x00\x10\x30\x62\x82\xff/+#') : bytes;
}

function connect(random: SeededRandom): Buffer {
  const will = {
    topic: 'hostile/will',
    payload: Buffer.alloc(random.integer(0, 50)),
    qos: pick<QoS>(random, [0, 1, 2]),
  };
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    // Few, so that they take each other's sessions over.
    clientId: `hostile-${random.integer(1, 12)}`,
    clean: isLikely(random, 0.5),
    keepalive: random.integer(0, 3),
    ...(isLikely(random, 0.3) ? { will: { ...will, retain: isLikely(random, 0.5) } } : {}),
  });
}

function login(random: SeededRandom, ...packets: readonly Uint8Array[]): FuzzInput {
  return [connect(random), ...packets];
}

function subscribe(random: SeededRandom, topic: string): Buffer {
  const subscriptions = [{ topic, qos: pick<QoS>(random, [0, 1, 2]) }];
  return generate({ cmd: 'subscribe', messageId: random.integer(1, 9), subscriptions });
}

function publish(random: SeededRandom, topic: string): Buffer {
  const qos = pick<QoS>(random, [0, 1, 2]);
  const payload = Buffer.alloc(random.integer(0, isLikely(random, 0.1) ? 50_000 : 100), 0x55);
  const flags = { retain: isLikely(random, 0.2), dup: qos > 0 && isLikely(random, 0.2) };
  return generate({
    cmd: 'publish',
    topic,
    payload,
    qos,
    ...flags,
    ...(qos > 0 ? { messageId: random.integer(1, 9) } : {}),
  });
}

function otherPacket(random: SeededRandom): Buffer {
  const messageId = random.integer(1, 9);
  const packets: [Packet, ...Packet[]] = [
    { cmd: 'puback', messageId },
    { cmd: 'pubrec', messageId },
    { cmd: 'pubrel', messageId },
    { cmd: 'pubcomp', messageId },
    { cmd: 'unsubscribe', messageId, unsubscriptions: [topicOf(random)] },
    { cmd: 'pingreq' },
    { cmd: 'disconnect' },
    { cmd: 'connack', returnCode: 0, sessionPresent: false },
    { cmd: 'pingresp' },
  ];
  return generate(pick(random, packets));
}

function topicOf(random: SeededRandom): string {
  return pick(random, ['hostile/a', 'hostile/b/c', 'hostile/#', 'hostile/+', 'honest/1', '$SYS/#', '#', '', 'a//b']);
}

/** What a client may send, in any order and without waiting for answers. */
function session(random: SeededRandom): FuzzInput {
  const packets = Array.from({ length: random.integer(1, 20) }, () => {
    const kind = random.integer(0, 3);
    if (kind === 0) return subscribe(random, topicOf(random));
    return kind === 1 ? otherPacket(random) : publish(random, topicOf(random));
  });
  return login(random, ...packets);
}

function truncated(random: SeededRandom): FuzzInput {
  const whole = Buffer.concat(session(random));
  return [whole.subarray(0, random.integer(1, whole.length))];
}

/** A length that nobody will send, or one of five bytes. */
function hugeLength(random: SeededRandom): FuzzInput {
  const header = Buffer.of(
    random.integer(0, 255),
    ...pick(random, [
      [0xff, 0xff, 0xff, 0x7f],
      [0xff, 0xff, 0xff, 0xff, 0x01],
      [0x80, 0x80, 0x80, 0x00],
    ]),
  );
  const body = Buffer.alloc(random.integer(0, 100_000), 0x20);
  return isLikely(random, 0.5) ? [header, body] : login(random, header, body);
}

/** Every type with every flag, and a body that is not its own. */
function everyHeader(random: SeededRandom): FuzzInput {
  const first = Buffer.of(random.integer(0, 255), random.integer(0, 12));
  const body = randomBytes(random, first[1] ?? 0);
  return isLikely(random, 0.3) ? [first, body] : login(random, first, body);
}

function deepTopic(random: SeededRandom): string {
  return `hostile${pick(random, ['/', '/a', '/+'])}`.concat(
    pick(random, ['/', '/x', '/+']).repeat(random.integer(20, 20_000)),
  );
}

function rawPublish(topic: Uint8Array, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0x30, 2 + topic.length + payload.length, 0, topic.length), topic, payload]);
}

/** Packet ids that are never released. */
function qos2Flood(random: SeededRandom): FuzzInput {
  const payload = Buffer.alloc(random.integer(0, 200));
  const packets = Array.from({ length: random.integer(50, 400) }, (_, index) =>
    generate({ cmd: 'publish', topic: 'hostile/2', payload, qos: 2, messageId: index + 1, retain: false, dup: false }),
  );
  return [Buffer.concat([connect(random), ...packets])];
}

function tlsGarbage(random: SeededRandom): FuzzInput {
  const length = random.integer(0, 18_000);
  const header = Buffer.of(random.integer(20, 24), 3, random.integer(0, 4), length >> 8, length & 0xff);
  return [header, randomBytes(random, Math.min(length, 600))];
}

const UPGRADE =
  'GET /mqtt HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n';

/** An upgrade that is right or not, and frames that are right or not. */
function webSocketGarbage(random: SeededRandom): FuzzInput {
  const upgrade = damageSome(random, Buffer.from(UPGRADE));
  const frames = session(random).map((packet) => damageSome(random, maskedFrame(random, packet)));
  return [upgrade, ...frames, isLikely(random, 0.2) ? maskedFrame(random, EMPTY) : EMPTY];
}

/** @see RFC 6455, section 5.2 */
function maskedFrame(random: SeededRandom, payload: Uint8Array): Uint8Array {
  const opcode = isLikely(random, 0.8) ? 0x82 : random.integer(0, 255);
  const length = payload.length;
  const lengthBytes = length < 126 ? [0x80 | length] : [0xfe, (length >> 8) & 0xff, length & 0xff];
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.of(opcode, ...lengthBytes, 0, 0, 0, 0), payload]);
}
