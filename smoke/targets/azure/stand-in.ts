import type { Arm } from '../../../azure/arm.js';

/** Whether what answers says of itself that it only stands in for Azure. */
export async function isStandIn(arm: Arm): Promise<boolean> {
  const { name } = await arm.get<{ readonly name?: unknown }>('/metadata/endpoints', {
    apiVersion: '2022-09-01',
  });
  return typeof name === 'string' && name.includes('stand-in');
}
