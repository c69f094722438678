import type { Elm327Personality } from './elm327-spec.ts';

/** What differs between one make of adapter and another. */
export interface Elm327Firmware {
  /** What it says it is, after a reset and to `AT I`. */
  readonly identity: string;
  /** Whose commands it knows, whatever it says. */
  readonly version: number;
  /** Answers of commands that begin with `ST`. */
  readonly stAnswers: Readonly<Record<string, string>>;
  /** A last odd digit is the number of answers to wait for. */
  readonly knowsAnswerCount: boolean;
  /** Headers on: all eight bytes of a frame are shown, padding too. */
  readonly showsPadding: boolean;
  /** How likely a NUL stands before a line, 0 to 1. */
  readonly nulChance: number;
  /** How likely the prompt does not come, 0 to 1. */
  readonly promptLossChance: number;
}

const GENUINE: Elm327Firmware = {
  identity: 'ELM327 v1.5',
  version: 1.5,
  stAnswers: {},
  knowsAnswerCount: true,
  showsPadding: false,
  nulChance: 0,
  promptLossChance: 0,
};

export const ELM327_FIRMWARES: Readonly<Record<Elm327Personality, Elm327Firmware>> = {
  elm327: GENUINE,
  stn: {
    ...GENUINE,
    identity: 'ELM327 v1.4b',
    stAnswers: { STI: 'STN1110 v4.2.0', STDI: 'STN1110 r1.1', STMFR: 'Waystation', STSN: '000000000042' },
  },
  clone: {
    ...GENUINE,
    identity: 'ELM327 v2.1',
    version: 1.2,
    knowsAnswerCount: false,
    showsPadding: true,
    nulChance: 0.02,
    promptLossChance: 0.01,
  },
};
