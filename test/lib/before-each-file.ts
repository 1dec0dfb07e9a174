import { shareAlways } from './sharing.ts';

shareAlways();
