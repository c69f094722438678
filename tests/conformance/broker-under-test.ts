import { afterAll, beforeAll } from 'vitest';
import type { BrokerOptions } from '#gateway/broker/open-broker.ts';
import { openTestBroker, type TestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import type { ConnectFields } from './client-packets.ts';
import { WireClient } from './wire-client.ts';

/** The one broker of a test file. */
export interface BrokerUnderTest {
  readonly test: TestBroker;
  open(): Promise<WireClient>;
  /** A client that is logged in, under an id of its own if none is given. */
  connect(fields?: ConnectFields): Promise<WireClient>;
  /** A name that no other test of the file uses: a client id, or the first level of topics. */
  name(): string;
}

/** Opens a broker before the tests of the file that calls this, and closes it behind them. */
export function brokerUnderTest(options: Partial<BrokerOptions> = {}): BrokerUnderTest {
  let test: TestBroker | undefined;
  let nameCount = 0;
  beforeAll(async () => {
    test = await openTestBroker({ ...options, limits: { ...ROOMY, ...options.limits } });
  });
  afterAll(async () => await test?.[Symbol.asyncDispose]());
  const opened = (): TestBroker => {
    if (test === undefined) throw new Error('the broker is open while tests run only');
    return test;
  };
  const name = () => `n${++nameCount}`;
  return {
    get test() {
      return opened();
    },
    open: () => WireClient.open(opened().port),
    connect: (fields) => WireClient.connect(opened().port, { clientId: name(), ...fields }),
    name,
  };
}

/** The sessions of all tests of a file are those of one account. */
const ROOMY = { maxSessions: 1000, maxSessionsPerAccount: 1000 };
