/**
 * Text as Terraform would read it: `$${` and `%%{` are escapes for `${` and `%{`.
 *
 * @returns undefined where the text has an expression that only Terraform can work out
 */
export function unescapeTemplate(text: string): string | undefined {
  let expression = false;
  const plain = text.replace(/\$\$\{|%%\{|\$\{|%\{/g, (found) => {
    if (found.length === 2) expression = true;
    return found.slice(1);
  });
  return expression ? undefined : plain;
}
