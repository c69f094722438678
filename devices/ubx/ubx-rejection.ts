/** Why a frame whose checksum holds is not understood: a length or version that its message does not have, a value out of its range. */
export type UbxRejection = 'wrong-length' | 'wrong-version' | 'out-of-range';
