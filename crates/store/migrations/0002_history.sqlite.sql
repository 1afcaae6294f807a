-- The two histories number their own entries and refuse every change of what is written.

create table timeline (
    seq integer primary key autoincrement,
    noun text not null,
    noun_id text not null,
    happened_at bigint not null,
    recorded_at bigint not null,
    kind text not null,
    body text not null
);
create index timeline_noun on timeline (noun, noun_id, seq);

create table audit (
    seq integer primary key autoincrement,
    at bigint not null,
    actor text not null,
    action text not null,
    object text not null,
    detail text not null
);
create index audit_object on audit (object, seq);

create trigger timeline_update before update on timeline
begin select raise(abort, 'timeline is append-only'); end;
create trigger timeline_delete before delete on timeline
begin select raise(abort, 'timeline is append-only'); end;
create trigger audit_update before update on audit
begin select raise(abort, 'audit is append-only'); end;
create trigger audit_delete before delete on audit
begin select raise(abort, 'audit is append-only'); end;
