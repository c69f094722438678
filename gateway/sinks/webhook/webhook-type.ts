import { isLoopback } from '#gateway/model/loopback.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { BatchKeys } from '#gateway/sinks/batch-keys.ts';
import { openInBatches } from '#gateway/sinks/open-in-batches.ts';
import type { CommonOptions } from '#gateway/sinks/sink-options.ts';
import type { TargetType } from '#gateway/sinks/target-type.ts';
import type { RequestKeys } from './request-meter.ts';

/** An HTTP receiver. */
export interface WebhookSinkOptions extends CommonOptions {
  readonly type: 'webhook';
  readonly url: string;
  /** What deliveries are signed with. */
  readonly credentials: { readonly secret: Secret };
  readonly batch: BatchKeys;
  readonly window: { readonly ackTimeoutMs: number };
}

/** Receivers of web hooks. */
export const webhookType: TargetType<WebhookSinkOptions, RequestKeys> = {
  timeoutCode: 'webhook.timeout',
  note: 'A receiver grants nothing: what is configured is in effect. What it refuses, `waystation status` tells.',
  remarksOn: ({ url }) => (isOpenToAll(url) ? [OPEN_TO_ALL] : []),
  async open(options, common) {
    const { WebhookTarget } = await import('./webhook-target.ts');
    const { ackTimeoutMs } = options.window;
    const target = new WebhookTarget({ ...options, ...options.credentials, requestTimeoutMs: ackTimeoutMs });
    return openInBatches(target, common, options.batch, ackTimeoutMs);
  },
  async openMeter(sink, { gatewayUid }) {
    const { RequestMeter } = await import('./request-meter.ts');
    return new RequestMeter(sink, gatewayUid);
  },
};

const OPEN_TO_ALL =
  'the events go over the network in the clear, and what stands in the way can answer for the receiver; use https://';

function isOpenToAll(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}
