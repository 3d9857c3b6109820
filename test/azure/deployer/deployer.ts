import { randomBytes } from 'node:crypto';

import type { AzureStandIn } from '../stand-in/index.js';
import { callArm, callVault, type ArmAnswer } from '../support/arm.js';

import { ASSOCIATIONS, associate } from './associations.js';
import { PROVIDER_KINDS } from './kinds.js';
import {
  addressOf,
  inOrder,
  readStack,
  resolve,
  type Config,
  type Stack,
  type StackResource,
  type Value,
} from './stack.js';

/** What an apply has done, by address. */
export interface Applied {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly replaced: readonly string[];
  readonly destroyed: readonly string[];
}

interface Kept {
  readonly resource: StackResource;
  readonly config: Config;
  /** Attributes that others refer to. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What of a configuration changes nothing. */
const META = ['//', 'depends_on', 'lifecycle', 'timeouts', 'value_wo'] as const;

/**
 * Creates in the stand-in what a synthesised stack says, without Terraform: in the order of its references, with what
 * is ephemeral made anew, and without what is gone. It knows what the kit's stacks contain, and nothing else.
 */
export class StackDeployer {
  readonly #state = new Map<string, Kept>();

  constructor(
    readonly standIn: AzureStandIn,
    /** Values of Terraform's variables. */
    readonly variables: Readonly<Record<string, string>> = {},
  ) {}

  /** @param file The cdk.tf.json of the stack */
  async apply(file: string): Promise<Applied> {
    const stack = readStack(file);
    const wanted = new Set(stack.resources.map(({ address }) => address));
    const applied = { created: [] as string[], updated: [] as string[], replaced: [] as string[] };
    const destroyed = await this.#destroy([...this.#state.keys()].filter((address) => !wanted.has(address)));
    const lookUp = this.#lookUp(stack);
    for (const resource of inOrder(stack.resources)) {
      const config = resolve(resource.config as Value, lookUp) as Config;
      const kept = this.#state.get(resource.address);
      if (!kept) applied.created.push(resource.address);
      else if (comparable(kept.config) === comparable(config)) {
        // What protects it may have changed.
        this.#state.set(resource.address, { ...kept, resource });
        continue;
      } else if (isReplaced(resource, kept.config, config)) {
        await this.#remove(kept);
        applied.replaced.push(resource.address);
      } else applied.updated.push(resource.address);
      await this.#put(resource, config, kept?.config);
    }
    return { ...applied, destroyed };
  }

  /** Removes everything. @throws Error for what is protected, as Terraform does */
  async destroy(): Promise<void> {
    const protectedOnes = [...this.#state.values()].filter(
      ({ resource }) =>
        (resource.config.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy,
    );
    if (protectedOnes.length > 0)
      throw new Error(`protected: ${protectedOnes.map(({ resource }) => resource.address).join(', ')}`);
    await this.#destroy([...this.#state.keys()]);
  }

  async #destroy(addresses: readonly string[]): Promise<string[]> {
    const gone = addresses.map((address) => this.#state.get(address)!);
    for (const { address } of inOrder(gone.map(({ resource }) => resource)).reverse()) {
      await this.#remove(this.#state.get(address)!);
      this.#state.delete(address);
    }
    return [...addresses];
  }

  /** What a reference is now; ephemeral values are the same within one apply, and others in the next. */
  #lookUp({ data }: Stack): (reference: string) => string {
    const ephemeral = new Map<string, string>();
    return (reference) => {
      const address = addressOf(reference);
      const attribute = reference.split('.').at(-1)!;
      if (address.startsWith('var.')) return this.variables[attribute] ?? '';
      if (reference.startsWith('ephemeral.')) {
        const value = ephemeral.get(reference) ?? randomBytes(36).toString('base64url');
        ephemeral.set(reference, value);
        return value;
      }
      const source = data.find((one) => one.address === address);
      const found = source ? this.#read(source)[attribute] : this.#state.get(address)?.attributes[attribute];
      if (found === undefined) throw new Error(`nothing is known of ${reference}`);
      return found;
    };
  }

  /** A data source: what is there without this stack. */
  #read({ type, config }: StackResource): Readonly<Record<string, string>> {
    const id = PROVIDER_KINDS[type]!.id(config);
    const resource = this.standIn.resources.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (!resource) throw new Error(`${id} is not there`);
    return attributesOf(id, config, resource.body.properties);
  }

  async #put(resource: StackResource, config: Config, before: Config | undefined): Promise<void> {
    const { address, type } = resource;
    const attributes = await this.#create(type, config, before);
    this.#state.set(address, { resource, config, attributes });
  }

  async #create(type: string, config: Config, before: Config | undefined): Promise<Kept['attributes']> {
    if (type === 'azurerm_key_vault_secret') return this.#putSecret(config, before);
    const association = ASSOCIATIONS[type];
    if (association) {
      await associate(this.standIn, association, config, true);
      return {};
    }
    const kind = PROVIDER_KINDS[type];
    if (!kind) throw new Error(`${type} is not known to the deployer: add it`);
    const id = kind.id(config);
    if (!before) await this.#refuseExisting(id);
    const body =
      before && type === 'azurerm_private_dns_a_record' ? await this.#record(id, config) : kind.body(config);
    const answer = expectDone(await callArm(this.standIn, 'PUT', id, body), id);
    await this.#succeeded(answer);
    if (type !== 'azurerm_storage_account') return attributesOf(id, config, answer.body.properties);
    const keys = await callArm(this.standIn, 'POST', `${id}/listKeys`);
    const [first] = keys.body.keys as { value: string }[];
    return { ...attributesOf(id, config, answer.body.properties), primary_access_key: first!.value };
  }

  /** Terraform takes nothing over that it has not made. */
  async #refuseExisting(id: string): Promise<void> {
    const { status } = await callArm(this.standIn, 'GET', id);
    if (status !== 404) throw new Error(`${id} already exists: import it`);
  }

  async #succeeded({ headers }: ArmAnswer): Promise<void> {
    const operation = String(headers['azure-asyncoperation']).replace('https://management.azure.com', '');
    const { body } = await callArm(this.standIn, 'GET', operation);
    if (body.status !== 'Succeeded') throw new Error(`${body.error?.code}: ${body.error?.message}`);
  }

  /** The addresses of a record are its group's own matter once it is there. */
  async #record(id: string, config: Config): Promise<object> {
    const { body } = await callArm(this.standIn, 'GET', id);
    const { properties } = PROVIDER_KINDS.azurerm_private_dns_a_record!.body(config) as {
      properties: object;
    };
    const { aRecords } = body.properties as { aRecords: object[] };
    return { properties: { ...properties, aRecords } };
  }

  async #putSecret(config: Config, before: Config | undefined): Promise<Kept['attributes']> {
    const vault = String(config.key_vault_id).split('/').at(-1)!;
    const name = String(config.name);
    const isNew =
      !before || before.value !== config.value || before.value_wo_version !== config.value_wo_version;
    const shared = { contentType: config.content_type, tags: config.tags };
    const value = { ...shared, value: config.value ?? config.value_wo };
    const path = `/secrets/${name}`;
    const put = () => callVault(this.standIn, 'PUT', vault, path, value);
    let answer = isNew ? await put() : await callVault(this.standIn, 'PATCH', vault, path, shared);
    if (answer.status === 409) {
      await callVault(this.standIn, 'POST', vault, `/deletedsecrets/${name}/recover`);
      answer = await put();
    }
    expectDone(answer, path);
    return { name, resource_versionless_id: `${String(config.key_vault_id)}/secrets/${name}` };
  }

  async #remove({ resource: { type }, config }: Kept): Promise<void> {
    const association = ASSOCIATIONS[type];
    if (association) return associate(this.standIn, association, config, false);
    if (type === 'azurerm_key_vault_secret') {
      const vault = String(config.key_vault_id).split('/').at(-1)!;
      const path = `/secrets/${String(config.name)}`;
      expectDone(await callVault(this.standIn, 'DELETE', vault, path), path);
      return undefined;
    }
    const id = PROVIDER_KINDS[type]!.id(config);
    expectDone(await callArm(this.standIn, 'DELETE', id), id);
    return undefined;
  }
}

function comparable(config: Config): string {
  const entries = Object.entries(config).filter(([name]) => !(META as readonly string[]).includes(name));
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Tags of a group change in place; all else needs another one. */
function isReplaced({ type }: StackResource, before: Config, after: Config): boolean {
  if (!PROVIDER_KINDS[type]?.replaced) return false;
  return comparable({ ...before, tags: undefined }) !== comparable({ ...after, tags: undefined });
}

function attributesOf(id: string, config: Config, properties: unknown): Record<string, string> {
  const { principalId, clientId, customerId } = properties as Record<string, string | undefined>;
  const known = { principal_id: principalId, client_id: clientId, workspace_id: customerId };
  const present = Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { id, name: String(config.name), ...Object.fromEntries(present) };
}

function expectDone(answer: ArmAnswer, what: string): ArmAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`${what}: ${answer.status} ${answer.body.error?.code}: ${answer.body.error?.message}`);
}
