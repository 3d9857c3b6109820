import type { Problem } from '../../problems.js';
import type { Rule } from '../rule.js';

/** A name of 1 to 90 letters, digits, `_`, `-`, `.` and brackets that ends with no period. */
const RESOURCE_GROUP = /^[-\w.()]*[-\w()]$/;

export const resourceGroups: Rule = ({ azure, cells }) => {
  const named = [
    { path: ['azure', 'resourceGroup'], name: azure?.resourceGroup },
    ...Object.entries(cells).map(([id, { resourceGroup }]) => ({
      path: ['cells', id, 'resourceGroup'],
      name: resourceGroup,
    })),
  ];
  return named.flatMap(({ path, name }) =>
    name === undefined || RESOURCE_GROUP.test(name)
      ? []
      : [
          {
            path,
            message: `must be the name of a resource group (letters, digits, "_", "-", "." and brackets, no period at its end), got "${name}": name an existing one, not its id`,
          },
        ],
  );
};

/** Room that a resource has for tags, of which the kit adds some. */
const TAGS_MAX = 40;
const TAG_KEY_MAX = 128;
const TAG_VALUE_MAX = 256;

/** Azure refuses some characters that labels of Kubernetes have. */
export const tags: Rule = ({ azure }) => {
  const given = Object.entries(azure?.tags ?? {});
  const problems: Problem[] = given.flatMap(([key, value]) => {
    const path = ['azure', 'tags', key];
    const [character] = /[<>%&\\?/]/.exec(key) ?? [];
    if (character !== undefined)
      return [
        { path, message: `must not have "${character}" in its name, which Azure refuses in tags: rename it` },
      ];
    if (key.length > TAG_KEY_MAX || value.length > TAG_VALUE_MAX)
      return [
        {
          path,
          message: `must have a name of at most ${TAG_KEY_MAX} characters and a value of at most ${TAG_VALUE_MAX}, got ${key.length} and ${value.length}: shorten it`,
        },
      ];
    return [];
  });
  return given.length <= TAGS_MAX
    ? problems
    : [
        ...problems,
        {
          path: ['azure', 'tags'],
          message: `must have at most ${TAGS_MAX} entries, for a resource has room for 50 and the kit adds some, got ${given.length}: remove some`,
        },
      ];
};
