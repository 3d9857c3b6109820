import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { MISSION_CONTROL_PATH, type StandIn } from '../../../topology/host-contract.js';
import { messageOf } from '../failure.js';
import { listen } from '../health-server.js';
import { serveGitHub } from './github.js';
import { pathOf, sendJson } from './http.js';
import { MissionControl } from './mission-control.js';
import { MODEL_PATH, serveModel } from './model.js';

/** Serves the stand-ins on one loopback port, told apart by path; gives back the port. */
export async function serveStandIn(standIns: ReadonlySet<StandIn>, port: number): Promise<number> {
  const missionControl = standIns.has('missionControl') ? new MissionControl() : undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (standIns.has('model') && pathOf(request).startsWith(`${MODEL_PATH}/`))
      return serveModel(request, response);
    if (missionControl && pathOf(request).startsWith(`${MISSION_CONTROL_PATH}/`))
      return missionControl.serve(request, response);
    if (standIns.has('github')) return serveGitHub(request, response);
    sendJson(response, 404, { message: `no stand-in for ${pathOf(request)}` });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: messageOf(error) });
    });
  });
  return listen(server, { host: '127.0.0.1', port }, 'the stand-in');
}
