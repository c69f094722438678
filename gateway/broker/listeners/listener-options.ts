/** How clients reach a listener: plain or over TLS, MQTT by itself or within WebSocket [MQTT-6]. */
export type ListenerType = 'mqtt' | 'mqtts' | 'ws' | 'wss';

/** One entry of `broker.listeners`. */
export type ListenerOptions = PlainOptions | TlsOptions;

interface CommonOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Addresses and CIDR ranges of proxies that say by the PROXY protocol whom they speak for; given, every connection must come from one. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** WebSocket only: web pages that may connect, by their origin; `*` lets all. */
  readonly origins?: readonly string[] | undefined;
}

/** Without TLS. */
export interface PlainOptions extends CommonOptions {
  readonly type: 'mqtt' | 'ws';
  /** Must be true on anything but loopback: passwords travel in the clear. */
  readonly insecure?: boolean;
}

/** With TLS. */
export interface TlsOptions extends CommonOptions, TlsFiles {
  readonly type: 'mqtts' | 'wss';
}

/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificate of the gateway, and those that link it to its authority behind it. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of clients: given, every client must show a certificate of one of them. */
  readonly clientCa?: string | undefined;
}

/** Narrows to what has TLS. */
export function hasTls(options: ListenerOptions): options is TlsOptions {
  return options.type === 'mqtts' || options.type === 'wss';
}
