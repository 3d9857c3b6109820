import type { Rule } from './rule.js';

const known: Rule = ({ cloud, tenants }) =>
  (cloud?.tenants ?? []).flatMap((id, index) =>
    tenants[id]
      ? []
      : [
          {
            path: ['cloud', 'tenants', index],
            message: `names tenant "${id}", which is not under tenants: add it there, or remove it here`,
          },
        ],
  );

/** The token that all runtimes share is no identity of a tenant: its cloud sessions would be everybody's. */
const ownIdentity: Rule = ({ cloud, tenants, runtime }) =>
  (cloud?.tenants ?? []).flatMap((id, index) => {
    const tenant = tenants[id];
    if (!tenant || tenant.auth?.githubToken) return [];
    const shared = runtime.auth.githubToken && !tenant.auth ? ' and runtime.auth is shared by all' : '';
    return [
      {
        path: ['cloud', 'tenants', index],
        message: `tenant "${id}" needs a GitHub token of its own, since cloud sessions run as the runtime's identity${shared}: set tenants.${id}.auth.githubToken`,
      },
    ];
  });

const standIn: Rule = ({ smoke, platform }) => {
  if (!smoke.standIn.missionControl) return [];
  const path = ['smoke', 'standIn', 'missionControl'];
  if (platform !== 'local') {
    return [
      {
        path,
        message: `must be false with platform ${platform}, where cloud sessions would reach no real Mission Control: remove it`,
      },
    ];
  }
  return smoke.standIn.github
    ? []
    : [
        {
          path,
          message:
            'needs the stand-in GitHub, which knows whose token creates a cloud session: add "github: true"',
        },
      ];
};

export const cloudRules: readonly Rule[] = [known, ownIdentity, standIn];
