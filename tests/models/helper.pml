/* helper.pml: the helper thread ends itself while others give pages and rely on it.
 *
 * Code: src/heap/returning.cc (settle_memory, ask_helper, run_helper). Two threads give pages and
 * then never call again. A look of the helper returns all dirty pages there are; it ends after two
 * looks in a row that find none. A free of the loader's, which may not start a thread, either is
 * heard by a helper at work or returns the memory itself; it is not modelled.
 *
 * H1  When all is still, nothing is dirty: whoever gave pages started a helper, or was heard by one.
 * H2  There is one helper at a time, but for one that has said its last word.
 */
#define patience 2

#define none 0
#define running 1
#define asked 2

byte dirty;       /* Gauge::dirty_ */
byte state;       /* helper_state */
byte at_work;     /* ghost: helpers between their first look and their last word */

/* run_helper */
proctype helper() {
  byte idle, seen;
  atomic { at_work++; assert(at_work == 1) }; /* H2 */
  state = running;
  do
  :: idle < patience ->
     seen = dirty;
     if
     :: seen != 0 -> atomic { dirty = dirty - seen; seen = 0; idle = 0 }
     :: else -> idle++
     fi
  :: else ->
#ifdef MUTANT_ends_unheard
     d_step { state = none; at_work-- };
     break
#else
     atomic {
       if
       :: state == running -> state = none; at_work--; break
       :: else -> state = running; idle = 0
       fi
     }
#endif
  od
}

/* give_pages, then ThreadHeap::settle: settle_memory */
proctype giver(byte times) {
  do
  :: times > 0 ->
     times--;
#ifdef MUTANT_asks_before_giving
     atomic {
       if
       :: state == none -> state = asked; run helper()
       :: else -> state = asked
       fi
     }
     dirty++
#else
     dirty++;
#ifdef MUTANT_starts_without_exchange
     if
     :: state == none -> state = asked; run helper()
     :: else -> state = asked
     fi
#else
     atomic {
       if
       :: state == none -> state = asked; run helper()
       :: else -> state = asked
       fi
     }
#endif
#endif
  :: else -> break
  od
}

init {
  atomic {
    run giver(2);
    run giver(1);
    (_nr_pr == 1) -> assert(dirty == 0) /* H1 */
  }
}
