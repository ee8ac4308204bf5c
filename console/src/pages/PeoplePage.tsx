import type { PeopleFilter } from '../api/people.ts';
import { type Subject, SubjectDrawer } from '../audit/SubjectDrawer.tsx';
import { PeopleList } from '../people/PeopleList.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

interface PeoplePageProps {
  slug: string;
  filter: PeopleFilter;
  choose: (filter: PeopleFilter) => void;
  /** The person who is shown over the list. */
  shown: Subject | undefined;
  open: (subject: Subject) => void;
  close: () => void;
}

/** The people of an organization, with one of them over the list when the address says so. */
export function PeoplePage({ slug, filter, choose, shown, open, close }: PeoplePageProps) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/people">
      {() => (
        <>
          <PeopleList key={slug} {...{ slug, filter, choose }} open={(id) => open({ kind: 'member', id })} />
          <SubjectDrawer first="itself" subject={shown} {...{ slug, open, close }} />
        </>
      )}
    </OrganizationFrame>
  );
}
