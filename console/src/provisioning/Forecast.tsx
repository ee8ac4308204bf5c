import { useInfiniteQuery } from '@tanstack/react-query';
import type { ForecastItem } from '../../../src/http/api/schemas/connection.ts';
import { forecastQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { SubjectName } from '../text/SubjectName.tsx';

/** The people and teams of the organization's own, with what becomes of each when the provider comes upon it. */
export function Forecast({ slug }: { slug: string }) {
  const question = useInfiniteQuery(forecastQuery(slug));
  const { data, error, refetch } = question;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  if (error !== null) return <Failure title="The forecast cannot be shown" error={error} retry={refetch} />;
  if (items.length === 0) return null;
  return (
    <Section
      title="Here already"
      says="These people and teams are the organization’s own, and stay as they are until the provider asks for a person of the userName or pushes a group of the name."
    >
      <ListTable
        label="Here already"
        widthMin={640}
        rows={items}
        keyOf={({ id }) => id}
        columns={[
          { heading: 'Person or team', kind: 'name', show: (item) => <SubjectName {...item} /> },
          { heading: 'Then the provider', show: ({ outcome }) => outcomes[outcome] },
          { heading: 'Because', show: ({ because }) => because },
        ]}
        isScrolled
      />
      <ShowMore question={question} />
    </Section>
  );
}

const outcomes: Record<ForecastItem['outcome'], string> = {
  links: 'takes over',
  asks: 'waits for your word',
  refuses: 'is refused',
};
