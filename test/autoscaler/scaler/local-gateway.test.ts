import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { GatewayScaler } from '#autoscaler/scaler/gateway-scaler.ts';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { scalerContract } from '../../contract/scaler.ts';
import { credentials, deployReady, testGateway } from '../../local/gateway/support/test-gateway.ts';

for (const cap of [null, 5]) {
  const name = `GatewayScaler at the local gateway${cap === null ? '' : ' that grants 5'}`;
  scalerContract(name, async () => {
    const gateway = await testGateway({ maxReplicas: cap });
    await deployReady(gateway, { service: 'worker', image: 'plain' });
    const client = new GatewayClient({
      ...{ url: gateway.url, namespace: 'openfaas-fn', timeoutMs: 5 * SECOND },
      ...credentials,
    });
    return {
      scaler: new GatewayScaler({
        ...{ gateway: client, functionName: 'worker', clock: new SystemClock(), log: silentLogger },
      }),
      cap,
      settled: () => gateway.untilReady('worker', { timeoutMs: 20 * SECOND }),
      stop: () => gateway.stop(),
    };
  });
}
