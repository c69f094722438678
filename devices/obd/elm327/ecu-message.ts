/** One whole message of a control unit. */
export interface EcuMessage {
  /** Identifier of its answers (`7E8`), or its address (`10`); empty where the adapter does not tell. */
  readonly ecu: string;
  /** As on CAN, also from the older buses. */
  readonly payload: Uint8Array;
}
