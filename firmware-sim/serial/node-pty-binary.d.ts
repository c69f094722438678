/** The one entry of the package that hands out its native module; the package has no types for it. */
declare module '@lydell/node-pty/requireBinary.js' {
  export function requireBinary(file: 'pty.node'): {
    open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
  };
}
