import type { Rule } from '../rule.js';

/** Without its identity a group pulls anonymously, whatever the server is called. */
export const pullIdentity: Rule = ({ azure }) => {
  const { registryServer, pullIdentityId } = azure ?? {};
  if ((registryServer === undefined) === (pullIdentityId === undefined)) return [];
  return registryServer === undefined
    ? [
        {
          path: ['azure', 'pullIdentityId'],
          message: 'stands without registryServer, which it is to pull from: name the registry, or remove it',
        },
      ]
    : [
        {
          path: ['azure', 'registryServer'],
          message:
            'needs pullIdentityId, since a group pulls with an identity or anonymously: name a user-assigned identity with AcrPull, or remove registryServer for a public image',
        },
      ];
};

/** The identity is offered to the server it is named with, and to no other. */
export const sameRegistry: Rule = ({ azure, runtime: { image = '' } }) => {
  const server = azure?.registryServer;
  const [host = ''] = image.split('/');
  if (server === undefined || host.toLowerCase() === server.toLowerCase()) return [];
  return [
    {
      path: ['runtime', 'image'],
      message: `must be in azure.registryServer ${server}, which alone the identity is offered to, got "${host}": name the image with its registry, or correct registryServer`,
    },
  ];
};
