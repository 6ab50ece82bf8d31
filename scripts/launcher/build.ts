// `npm run build:launcher`: launcher/prebuilt/<platform>/launcher and their record, from launcher/src.
import { buildLaunchers, prebuiltFolder, writeRecord } from './record.ts';

const record = buildLaunchers(prebuiltFolder);
writeRecord(record);
for (const [platform, { sizeBytes, digest }] of Object.entries(record.binaries)) {
  console.log(`${platform}: ${sizeBytes} bytes, ${digest}`);
}
