-- Groups are found in memory: here each has the number under which it arrived, so that what comes together lies together.

create table groups_new (
    number integer primary key,
    id bigint not null,
    group_key text not null,
    receiver text not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
insert into groups_new
    select row_number() over (order by due_at, id), id, group_key, receiver, due_at, version, doc
    from groups;
drop table groups;
alter table groups_new rename to groups;
create index groups_due on groups (due_at) where due_at is not null;
