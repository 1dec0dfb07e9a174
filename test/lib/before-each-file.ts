import './equality.ts';
import { shareAlways } from './sharing.ts';

shareAlways();
