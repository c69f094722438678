/**
 * One normative statement of MQTT 3.1.1, in words of ours: its number in appendix B behind `MQTT-`, what it demands, and why
 * there is no test where there is none. Tests carry the number in their title.
 *
 * @see MQTT 3.1.1, appendix B
 */
export type Statement = readonly [clause: string, demand: string, whyUntested?: string];

/** A reason for no test. */
export const CLIENT_ONLY = 'a demand on clients';
