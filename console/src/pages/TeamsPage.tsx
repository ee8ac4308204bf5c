import { type Subject, SubjectDrawer } from '../audit/SubjectDrawer.tsx';
import { PendingLinks } from '../teams/PendingLinks.tsx';
import { TeamList } from '../teams/TeamList.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

interface TeamsPageProps {
  slug: string;
  search: string;
  choose: (search: string) => void;
  /** The team, or the person, who is shown over the list. */
  shown: Subject | undefined;
  open: (subject: Subject) => void;
  close: () => void;
}

/** The teams of an organization, with one of them over the list when the address says so. */
export function TeamsPage({ slug, search, choose, shown, open, close }: TeamsPageProps) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/teams">
      {() => (
        <>
          <PendingLinks slug={slug} />
          <TeamList key={slug} {...{ slug, search, choose }} open={(id) => open({ kind: 'team', id })} />
          <SubjectDrawer first="itself" subject={shown} {...{ slug, open, close }} />
        </>
      )}
    </OrganizationFrame>
  );
}
