/* segment.pml: the pages of one segment are taken, given and purged by anyone, without a lock.
 *
 * Code: src/region/pages.cc, src/region/arena.h (mark_open, mark_full). The words are those of
 * region::Segment (`used`, `dirty`) and the segment's bit in Arena::open_word, here of two pages. A
 * taker may want any run where the code prefers dirty and low ones: more behaviours, not fewer, and
 * take_behind and take_segments, which want one certain run, are among them.
 *
 * G1  No page has two holders, and the purge touches only pages it holds.
 * G2  A run taken as zeroed has not been written since the system gave it.
 * G3  The gauge never counts fewer dirty free pages than there are.
 * G4  When all is still: a free page implies the open bit; the gauge's two counts are right; every
 *     free page that may be resident has its dirty bit.
 */
#define all_pages 3
#define first_page 1

#define popcount(m) (((m) & 1) + ((m) >> 1))
#define dirty_counted (gauge_dirty >= popcount(dirty & ~used)) /* G3 */

byte used, dirty; /* Segment */
bit open = 1;     /* Arena::open_word */
short gauge_used, gauge_dirty;

byte held;     /* ghost: pages with a holder */
byte resident; /* ghost: pages written since the system gave them */

/* Arena::mark_open */
inline mark_open() { open = 1 }

/* Arena::mark_full: clears the bit, then looks a second time. */
inline mark_full() {
  open = 0;
#ifndef MUTANT_one_look
  if
  :: used != all_pages -> mark_open()
  :: else
  fi
#endif
}

/* take_in_segment, take_behind, take_segments: one compare-and-swap. No page in `got`: there is no
 * such run. */
inline take() {
  atomic {
    seen = used;
    if
    :: got = 1
    :: got = 2
    :: got = 3
    fi
  }
  do
  :: (seen & got) != 0 -> got = 0; break
  :: else ->
#ifdef MUTANT_take_without_cas
     d_step { used = seen | got; assert((held & got) == 0); held = held | got }
     break
#else
     atomic {
       if
       :: used == seen ->
          used = used | got;
          assert((held & got) == 0); /* G1 */
          held = held | got;
          break
       :: else -> seen = used
       fi
     }
#endif
  od;
  if
  :: got != 0 ->
     if
     :: (seen | got) == all_pages -> mark_full()
     :: else
     fi;
     d_step { /* the dirty bits of the run; Gauge::taken */
       lent = dirty & got;
       gauge_used = gauge_used + popcount(got);
       gauge_dirty = gauge_dirty - popcount(lent);
       assert(dirty_counted);
       assert(lent != 0 || (resident & got) == 0); /* G2 */
       lent = 0
     }
  :: else
  fi;
  seen = 0
}

inline clear_used(mask) {
  d_step {
    held = held & ~mask;
    used = used & ~mask;
    assert(dirty_counted)
  }
}

/* Gauge::given */
inline count_given() {
  d_step {
    gauge_used = gauge_used - popcount(got);
    gauge_dirty = gauge_dirty + popcount(dirty & got)
  }
}

/* give_pages */
inline give() {
#ifdef MUTANT_open_before_free
  mark_open();
#endif
#ifdef MUTANT_free_before_dirty
  clear_used(got);
#endif
  if
  :: written -> dirty = dirty | got
  :: else
  fi;
#ifdef MUTANT_count_after_giving
  clear_used(got);
  count_given();
#else
  count_given();
#ifndef MUTANT_free_before_dirty
  clear_used(got);
#endif
#endif
#ifndef MUTANT_open_before_free
  mark_open();
#endif
  skip
}

/* A heap or a large block: takes a run if the search (visit_open) shows it this segment, writes it
 * or not, gives it back, or keeps it for good. */
proctype taker(byte rounds) {
  byte seen, got, lent;
  bool written;
  do
  :: rounds > 0 && open == 1 ->
     rounds--;
     take();
     if
     :: got != 0 ->
        if
        :: d_step { written = true; resident = resident | got }
        :: written = false
        fi;
        if
        :: give()
        :: rounds == 0
        fi
     :: else
     fi;
     atomic { got = 0; written = false }
  :: rounds > 0 && open == 0 -> rounds = 0
  :: rounds == 0 -> break
  od
}

/* purge_segment, end_claim */
proctype purger() {
  byte seen, claim, cleaned;
  seen = used;
  do
  :: claim = dirty & ~seen;
     if
     :: claim == 0 -> break
     :: else
     fi;
#ifdef MUTANT_purge_without_claim
     break
#else
     atomic {
       if
       :: used == seen ->
          used = used | claim;
          assert((held & claim) == 0); /* G1, P2 in region/pages.h */
          held = held | claim;
          break
       :: else -> seen = used
       fi
     }
#endif
  od;
  if
  :: claim != 0 ->
     atomic { /* os::purge succeeds, or is refused for some runs */
#ifdef MUTANT_trusts_first_look
       cleaned = claim;
#else
       cleaned = dirty & claim;
#endif
       if
       :: true
       :: cleaned = cleaned & first_page
       :: cleaned = 0
       fi
     }
     d_step {
#ifdef MUTANT_purge_without_claim
       assert((held & cleaned) == 0);
#endif
       resident = resident & ~cleaned
     }
#ifdef MUTANT_unclaim_before_clean
     clear_used(claim);
     dirty = dirty & ~cleaned;
#else
     dirty = dirty & ~cleaned;
     clear_used(claim);
#endif
     mark_open();
     d_step { /* Gauge::purged */
       gauge_dirty = gauge_dirty - popcount(cleaned);
       assert(dirty_counted);
       cleaned = 0
     }
  :: else
  fi
}

/* Dirty pages may lie about at the start. Two purges with brief takers, or one with a longer. */
init {
  atomic {
    if
    :: dirty = all_pages
    :: dirty = 0
    fi;
    resident = dirty;
    gauge_dirty = popcount(dirty);
    if
    :: run taker(1); run taker(1); run purger()
    :: run taker(2); run taker(1)
    fi;
    run purger();
    (_nr_pr == 1) ->
    assert(used == held); /* G4 */
    assert(used == all_pages || open == 1);
    assert(gauge_used == popcount(used));
    assert(gauge_dirty == popcount(dirty & ~used));
    assert((resident & ~used & ~dirty) == 0)
  }
}
