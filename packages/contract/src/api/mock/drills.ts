import { newDrill } from '../drills.ts';
import { ApiFailure } from '../problems.ts';
import type { Answers } from './answers.ts';
import { found } from './asked.ts';
import { listed, playOn } from './play-drill.ts';
import type { MockState } from './state.ts';

export function drillAnswers(state: MockState): Answers {
  const { drills, now } = state;
  const known = () => {
    playOn(state);
    return drills;
  };
  return {
    'GET /api/drills/scenarios': () => ({ items: listed }),
    'GET /api/drills': () => ({ items: known() }),
    'GET /api/drills/{id}': ({ params }) => found(known(), params['id']),
    'POST /api/drills': ({ body }) => {
      if (known().some((one) => one.state === 'running')) {
        throw new ApiFailure('in_use', 'a drill is running; it ends or is cancelled first');
      }
      const wanted = listed.filter(({ name }) => body.scenarios?.includes(name) ?? true);
      const begun = newDrill(state.newId('drill'), new Date(now()).toISOString(), wanted);
      drills.unshift(begun);
      return begun;
    },
    'DELETE /api/drills/{id}': ({ params }) => {
      const drill = found(known(), params['id']);
      if (drill.state !== 'running') throw new ApiFailure('in_use', 'this drill is over');
      return Object.assign(drill, { state: 'cancelled', endedAt: new Date(now()).toISOString() });
    },
  };
}
