import { directCases } from './direct.ts';
import { environmentCases } from './environment.ts';
import { execDCases } from './exec-d.ts';
import { inputCases } from './inputs.ts';
import type { RowCase } from './row-case.ts';
import { shellCases } from './shell.ts';
import { startCommandCases } from './start-command.ts';
import { variableFileCases } from './variable-files.ts';

/** Every case of every row. */
export const rowCases: readonly RowCase[] = [
  ...startCommandCases,
  ...environmentCases,
  ...variableFileCases,
  ...execDCases,
  ...shellCases,
  ...directCases,
  ...inputCases,
];
