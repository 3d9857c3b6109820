import { GATEWAY_CODE } from '../gateway-codes.js';
import { CheckFailure, type Check } from '../model.js';
import { withRoom } from '../patience.js';

export const sessionsSerialised: Check = {
  id: 'sessions-serialised',
  why: 'Two back ends cannot work in one session at once: a second one is refused until the first has let go, and then goes on with the whole history.',
  scope: 'tenant',
  maySkipOn: [],
  inapplicable: (_, { gateway }) =>
    (gateway?.expect.replicas ?? 1) > 1 && !gateway?.expect.sharedStorage
      ? 'gateways side by side know their own connections only: back ends take the session lock of the client library'
      : undefined,
  async run(bench, { from }) {
    const first = await bench.session(from);
    await bench.say(first, 'noted');
    const config = await bench.sessionConfig(from);
    const second = await bench.connect(from, await bench.connectionToken(from));
    const early = await second.resumeSession(first.sessionId, config).then(
      () => 'it was resumed',
      ({ code, message }: { code?: number; message: string }) =>
        code === GATEWAY_CODE.forbidden ? undefined : message,
    );
    if (early !== undefined)
      throw failure('a second back end to be refused while the first has the session', early);

    await first.disconnect();
    const resumed = await withRoom(() => second.resumeSession(first.sessionId, config), 'resuming a session');
    const history = JSON.stringify(await resumed.getEvents());
    if (!history.includes('noted'))
      throw failure('the second back end to find the history', 'it is not there');
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see that all back ends of the tenant connect to the gateway of this version',
  });
}
