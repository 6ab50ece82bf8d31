/** A line of a Procfile. https://devcenter.heroku.com/articles/procfile */
export interface ProcfileLine {
  readonly type: string;
  readonly command: string;
  readonly line: number;
}

/** `type: command` lines; comments and lines of another form are skipped, as elsewhere. */
export function parseProcfileLines(text: string): readonly ProcfileLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const match = /^\s*([A-Za-z0-9_.-]+)\s*:\s*(\S.*?)\s*$/.exec(raw);
    const [, type = '', command = ''] = match ?? [];
    return match === null ? [] : [{ type, command, line: index + 1 }];
  });
}
