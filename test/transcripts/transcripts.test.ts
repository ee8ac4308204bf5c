import { after, before, describe, test } from 'node:test';
import { assertEveryStepIsChecked, type Replaying, startReplaying, transcriptFiles } from './replayed-transcript.ts';

describe('transcripts', () => {
  let replaying: Replaying;
  before(async () => {
    replaying = await startReplaying();
  });
  after(() => replaying[Symbol.asyncDispose]());

  for (const file of transcriptFiles(new URL('./', import.meta.url))) {
    // The widest and the narrowest profile: what the others do lies between.
    for (const scimProfile of file.settings.scimProfile === undefined
      ? ['generic', 'rfc']
      : [file.settings.scimProfile]) {
      test(`${file.name} in the profile ${scimProfile}: ${file.says}`, async () => {
        assertEveryStepIsChecked(file);
        await replaying.replay(file, { settings: { scimProfile }, withSchemas: scimProfile === 'rfc' });
      });
    }
  }
});
