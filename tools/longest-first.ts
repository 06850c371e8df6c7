import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each. Begun last, one would run on when all else is done. */
const LONGEST = /\/test\/(?:console\/pages|e2e\/drill)\.test\.ts$/;

/** Where nothing is remembered of an earlier run, vitest begins with the largest files, not the longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification) => Number(LONGEST.test(moduleId));
    return sorted.toSorted((a, b) => isLongest(b) - isLongest(a));
  }
}
