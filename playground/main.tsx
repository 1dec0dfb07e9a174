import { render } from 'preact';
import { loadPhotograph } from './model/photograph.ts';
import { openScene, startEvaluating } from './model/session.ts';
import { showError } from './model/state.ts';
import { App } from './view/app.tsx';
import './style/index.css';

const root = document.getElementById('app');
if (root) render(<App />, root);
startEvaluating();
loadPhotograph().then(openScene).catch(showError);
