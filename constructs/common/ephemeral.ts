import { TerraformElement, TerraformProvider, TerraformVariable, type TerraformStack } from 'cdktf';
import { Construct } from 'constructs';

/** The `random` provider; it has no prebuilt bindings, and only its ephemeral password is used. */
export class RandomProvider extends TerraformProvider {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: 'random',
      terraformGeneratorMetadata: {
        providerName: 'random',
        // cdktf writes this one; the first with ephemeral passwords.
        providerVersion: '~> 3.7',
      },
      terraformProviderSource: 'hashicorp/random',
    });
  }
}

/** Characters of a generated token; 62^48 is more than 2^256. */
const TOKEN_LENGTH = 48;

/**
 * A random text that exists only while Terraform runs: it is in no plan and no state. It is another one at each run,
 * so exactly one write-only argument may take it, and only when that argument's revision is raised.
 */
export class EphemeralPassword extends TerraformElement {
  constructor(scope: Construct, id: string) {
    super(scope, id, 'ephemeral.random_password');
  }

  get result(): string {
    return `\${${this.fqnLiteral}.result}`;
  }

  override toTerraform(): object {
    return {
      ephemeral: {
        random_password: { [this.friendlyUniqueId]: { length: TOKEN_LENGTH, special: false } },
      },
    };
  }

  private get fqnLiteral(): string {
    return `ephemeral.random_password.${this.friendlyUniqueId}`;
  }
}

/** Scope of the variables of a stack, so that their names meet no other construct of the stack. */
const VARIABLES = 'Variables';

/**
 * A variable whose value is in no plan and no state; given as `TF_VAR_<name>` at plan and at apply. All secrets of a
 * stack that name it share it.
 */
export function ephemeralVariable(stack: TerraformStack, name: string): TerraformVariable {
  const scope = stack.node.tryFindChild(VARIABLES) ?? new Construct(stack, VARIABLES);
  const existing = scope.node.tryFindChild(name);
  if (existing instanceof TerraformVariable) return existing;
  const variable = new TerraformVariable(scope, name, {
    type: 'string',
    description: `Secret value; set TF_VAR_${name}`,
    nullable: false,
    sensitive: true,
    // An empty value would be written without a word.
    validation: [
      {
        condition: `\${length(var.${name}) > 0}`,
        errorMessage: `TF_VAR_${name} is empty: set it to the secret value`,
      },
    ],
  });
  variable.overrideLogicalId(name);
  variable.addOverride('ephemeral', true);
  return variable;
}
