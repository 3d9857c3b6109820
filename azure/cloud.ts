import { AzureError } from './errors.js';

/** Where a cloud of Azure is asked, without trailing slashes. */
export interface Cloud {
  readonly resourceManager: string;
  readonly authority: string;
}

/** By the names that Terraform's provider has for them. */
const CLOUDS: Readonly<Record<string, Cloud>> = {
  public: {
    resourceManager: 'https://management.azure.com',
    authority: 'https://login.microsoftonline.com',
  },
  usgovernment: {
    resourceManager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
  },
  china: {
    resourceManager: 'https://management.chinacloudapi.cn',
    authority: 'https://login.chinacloudapi.cn',
  },
};

/** The cloud that `ARM_ENVIRONMENT` names, as it does for Terraform. @throws {AzureError} when none has the name */
export function cloudOf({ ARM_ENVIRONMENT: name }: NodeJS.ProcessEnv): Cloud {
  const cloud = CLOUDS[(name || 'public').toLowerCase()];
  if (cloud) return cloud;
  throw new AzureError(
    `ARM_ENVIRONMENT must be one of ${Object.keys(CLOUDS).join(', ')}, got "${name}": correct it, or unset it for public`,
  );
}
