import { stripVTControlCharacters } from 'node:util';

const length = (text: string) => [...stripVTControlCharacters(text)].length;

/**
 * Breaks a text at spaces; what follows the first line is indented to where the text began, so that no line of
 * somebody else's text begins where ours do. A word longer than a line stays whole: it may be copied.
 */
export function wrap(
  text: string,
  { width, first = '' }: { readonly width: number; readonly first?: string },
): string {
  const indent = ' '.repeat(length(first));
  const room = width - indent.length;
  const lines = text
    .trimEnd()
    .split('\n')
    .flatMap((line) => wrapLine(line, room));
  return lines.map((line, index) => `${index === 0 ? first : indent}${line}`.trimEnd()).join('\n');
}

function wrapLine(line: string, room: number): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const word of line.split(' ')) {
    if (current !== undefined && length(current) + 1 + length(word) > room) {
      lines.push(current);
      current = word;
    } else {
      current = current === undefined ? word : `${current} ${word}`;
    }
  }
  return [...lines, current ?? ''];
}
