import { outcomeOf } from './outcome.mjs';

addEventListener('message', async ({ data }) => postMessage(await outcomeOf(data)));
