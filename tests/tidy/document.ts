import { dirname, join, normalize } from 'node:path';

/** A page of the documentation, as far as its links are concerned. */
export interface Document {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/** Links of a page to files that are not there, or to headings that their page does not have, as `file: link`. */
export function deadLinksOf(
  { file, text }: Document,
  files: ReadonlySet<string>,
  read: (file: string) => string,
): string[] {
  const links = [...withoutCode(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !leadsSomewhere(link, file, files, read)).map((link) => `${file}: ${link}`);
}

function leadsSomewhere(
  link: string,
  from: string,
  files: ReadonlySet<string>,
  read: (file: string) => string,
): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : normalize(join(dirname(from), path));
  const isFolder = [...files].some((each) => each.startsWith(`${target}/`));
  if (!files.has(target)) return isFolder && anchor === undefined;
  return anchor === undefined || anchorsOf(read(target)).has(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

/** Commands that a page names and that there are not, as `file: command`; their arguments do not count. @param commands by path, with what stands below them */
export function unknownCommandsIn({ file, text }: Document, commands: ReadonlySet<string>): string[] {
  const named = [...text.matchAll(/(?:^|`|\$ |deploy\/)(waystation(?: [a-z][a-z0-9-]*)+)/gm)].map(([, words = '']) =>
    words.split(' '),
  );
  return named
    .map((words) => words.slice(0, isGroup(words.slice(0, 2).join(' '), commands) ? 3 : 2).join(' '))
    .filter((command) => !commands.has(command))
    .map((command) => `${file}: ${command}`);
}

function isGroup(path: string, commands: ReadonlySet<string>): boolean {
  return [...commands].some((each) => each.startsWith(`${path} `));
}
