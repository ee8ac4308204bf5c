import { after, before, describe, test } from 'node:test';
import { assertEveryStepIsChecked, type Replaying, startReplaying, transcriptFiles } from './replayed-transcript.ts';

describe('transcripts', () => {
  let replaying: Replaying;
  before(async () => {
    replaying = await startReplaying();
  });
  after(() => replaying[Symbol.asyncDispose]());

  for (const file of transcriptFiles(new URL('./', import.meta.url))) {
    test(`${file.name}: ${file.says}`, async () => {
      assertEveryStepIsChecked(file);
      await replaying.replay(file);
    });
  }
});
