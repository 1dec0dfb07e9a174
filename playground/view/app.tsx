import { scene } from '../model/state.ts';
import { BoxPanel } from './box-panel.tsx';
import { DescendPanel } from './descend-panel.tsx';
import { DropZone } from './drop-zone.tsx';
import { Header } from './header.tsx';
import { InspectorDock } from './inspector.tsx';
import { Legend } from './legend.tsx';
import { LossPanel } from './loss-panel.tsx';
import { Notice } from './notice.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { Stage } from './stage.tsx';
import { Toolbar } from './toolbar.tsx';

export function App() {
  return (
    <DropZone>
      <Header />
      <Notice />
      <main class="page" aria-busy={!scene.value}>
        <section class="look" aria-label="Picture">
          <Toolbar />
          <Stage />
          <InspectorDock />
          <Legend />
          <BoxPanel />
        </section>
        <section class="side" aria-label="Loss">
          <LossPanel />
          <DescendPanel />
        </section>
        <aside class="side">
          <SettingsPanel />
        </aside>
      </main>
    </DropZone>
  );
}
