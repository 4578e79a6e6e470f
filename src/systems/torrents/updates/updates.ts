/** What the daemon publishes and follows, together. */
import { KeyStore } from '../../../host/state/key-store.ts';
import type { Roster } from '../roster/roster.ts';
import { Follows } from './follows.ts';
import { Publications } from './publications.ts';

export class Updates {
  readonly publications: Publications;
  readonly follows: Follows;

  constructor(roster: Roster) {
    const { peer } = roster;
    const { held: table, keysFolder } = peer.state;
    this.publications = new Publications({ roster, keys: new KeyStore(keysFolder), table });
    this.follows = new Follows({ roster, table });
  }

  /** Goes on with those of earlier runs. */
  start(): void {
    this.publications.start();
    void this.follows.start();
  }

  /** Resolves when nothing of them runs any more. */
  async close(): Promise<void> {
    this.publications.close();
    await this.follows.close();
  }
}
