import type { PeopleFilter } from '../api/people.ts';
import { type Thing, ThingDrawer } from '../audit/ThingDrawer.tsx';
import { PeopleList } from '../people/PeopleList.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

interface PeoplePageProps {
  slug: string;
  filter: PeopleFilter;
  choose: (filter: PeopleFilter) => void;
  /** The person who is shown over the list. */
  shown: Thing | undefined;
  open: (thing: Thing) => void;
  close: () => void;
}

/** The people of an organization, with one of them over the list when the address says so. */
export function PeoplePage({ slug, filter, choose, shown, open, close }: PeoplePageProps) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/people">
      {() => (
        <>
          <PeopleList key={slug} {...{ slug, filter, choose }} open={(id) => open({ kind: 'member', id })} />
          <ThingDrawer first="itself" thing={shown} {...{ slug, open, close }} />
        </>
      )}
    </OrganizationFrame>
  );
}
