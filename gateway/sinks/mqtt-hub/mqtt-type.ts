import type { TargetType } from '#gateway/sinks/target-type.ts';
import { settleHub } from './hub-settings.ts';
import type { HubKeys, MqttSinkOptions } from './mqtt-sink-options.ts';

/** Hubs that speak MQTT. */
export const mqttType: TargetType<MqttSinkOptions, HubKeys> = {
  timeoutCode: 'hub.timeout',
  note: '',
  remarksOn: (sink) => settleHub(sink).remarks,
  async open(options, common) {
    const { openHubSink } = await import('./open-hub-sink.ts');
    return openHubSink(options, common);
  },
  async openMeter(sink, names) {
    const { openPublishMeter } = await import('./publish-meter.ts');
    return openPublishMeter(sink, names);
  },
};
