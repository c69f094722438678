/** UBX-ACK-ACK and UBX-ACK-NAK, a receiver's answer to a configuration message. */
export interface Ack {
  readonly type: 'ACK-ACK' | 'ACK-NAK';
  /** Of the message that is answered. */
  readonly messageClass: number;
  readonly messageId: number;
}
