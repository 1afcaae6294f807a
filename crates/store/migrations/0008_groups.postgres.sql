-- Groups are found in memory: here each has the number under which it arrived, so that what comes together lies together.

alter table groups add column number bigint;
update groups g set number = n.number
    from (select id, row_number() over (order by due_at, id) as number from groups) n
    where g.id = n.id;
alter table groups drop constraint groups_pkey;
alter table groups add primary key (number);
