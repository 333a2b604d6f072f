/* flush.pml: a heap flushes blocks whose tags are rewritten under its hands.
 *
 * Code: ThreadHeap::flush_blocks, which sorts by tags before it takes the lock (flush_list has
 * put_one sort under it, which is the same look, later), send_home, drain_inbox, take_from_pages
 * (thread_heap_cold.h), PageStore::put_one, retire, set_home, bequeath, open_page, Outbox
 * (outbox.h), deliver, deliver_each and drain_for (delivery.cc), post (owner.h). Store 1 (key 1)
 * flushes the batch 1, 2, 4. Block 4 is its own; 1 and 2 lie on a page of store 2 (key 2), which is
 * parked, and so does block 3, which a thread without a heap frees. Either store 1 or store 3 (key
 * 3) disbands store 2, while the outbox of store 1 still says key 2. Store 3 also turns the class to
 * HOME and drains its inbox, and a third party drains for it. The page is retired once its three
 * blocks are back; store 1 may then open it for another class.
 *
 * F1  Each block comes to its page once, under the lock of the store that has the page.
 * F2  Who holds a block meets a route of its class in the tag (T1 in region/tag.h), whenever he
 *     looks; so a page is retired only when no block is out, in an outbox or inbox.
 * F3  When all is still, tags say who has the page, and no block is left but in an inbox.
 */
#define null 0
#define closed 9
#define nobody 0
#define last_block 4

#define no_route 0
#define keep_route 1
#define home_route 2
#define other_class 3

#define page_of(block) ((block) / 4) /* blocks 1 to 3: page 0; block 4: page 1 */
#define live_route(page) (tag_route[page] == keep_route || tag_route[page] == home_route)

byte inbox[4];             /* Owner::inbox, by key */
byte store_key[4];         /* PageStore::key_, by store */
bit store_lock[4];         /* PageStore::lock_ */
byte tag_owner[2];         /* PageTag, by page */
byte tag_route[2];
byte page_store[2];        /* whose shelves the page is on; 0: free */
byte used[2];              /* Page::used */
byte next[last_block + 1]; /* Block::next */
byte entry_first[4], entry_last[4], entry_count[4]; /* Outbox::entries_ of store 1, by owner */
bit parked = 1;            /* store 2, in Registry::parked_ */

bit arrived[last_block + 1]; /* ghost */

inline take_lock(store) { atomic { store_lock[store] == 0 -> store_lock[store] = 1 } }
inline drop_lock(store) { store_lock[store] = 0 }

/* heap::post */
inline post(key, first, last) {
  head = inbox[key];
  do
  :: head == closed -> posted = false; break
  :: else ->
     next[last] = head;
     atomic {
       if
       :: inbox[key] == head -> inbox[key] = first; posted = true; break
       :: else -> head = inbox[key]
       fi
     }
  od;
  head = null
}

/* deliver_block */
inline deliver_block(block) {
  do
  :: d_step { assert(live_route(page_of(block))) }; /* F2 */
     key = tag_owner[page_of(block)];
     post(key, block, block);
     if
     :: posted -> break
     :: else /* os::wait_a_moment */
     fi
  od;
  atomic { posted = false; key = nobody }
}

/* deliver_each; what follows the last block is not the list's. */
inline deliver_each(list, count) {
  do
#ifdef MUTANT_walks_to_the_end
  :: list != null ->
#else
  :: list != null && count != 0 ->
#endif
     atomic { block = list; list = next[block]; count = count - (count != 0) };
     deliver_block(block)
  :: else -> break
  od;
  atomic { list = null; block = null; count = 0 }
}

/* Outbox::post_entry, deliver */
inline post_entry(owner) {
  if
  :: entry_count[owner] != 0 ->
     d_step {
       list = entry_first[owner];
       last = entry_last[owner];
       count = entry_count[owner];
#ifndef MUTANT_entry_stays
       entry_first[owner] = null;
       entry_last[owner] = null;
       entry_count[owner] = 0
#endif
     }
     post(owner, list, last);
     if
     :: posted -> atomic { list = null; count = 0; posted = false }
     :: else -> deliver_each(list, count)
     fi;
     last = null
  :: else
  fi
}

/* ThreadHeap::send_home, Outbox::send */
inline send_home(block) {
  atomic {
    assert(live_route(page_of(block))); /* F2 */
    key = tag_owner[page_of(block)];
    next[block] = entry_first[key];
    if
    :: entry_count[key] == 0 -> entry_last[key] = block
    :: else
    fi;
    entry_first[key] = block;
    entry_count[key]++;
    key = nobody
  }
#ifdef MUTANT_used_without_outbox
  d_step { used[page_of(block)]--; retire_if_empty(page_of(block)) }
#endif
}

/* PageStore::retire, give_pages: the tag is 0 before anybody can take the page. */
inline retire_if_empty(page) {
  if
  :: used[page] == 0 ->
     tag_owner[page] = nobody;
     tag_route[page] = no_route;
     page_store[page] = nobody
  :: else
  fi
}

/* PageStore::put_one, by who holds the lock; left in `foreign` if the page is another's. */
inline put_one(store, block, foreign) {
  atomic {
    assert(live_route(page_of(block))); /* F2 */
    if
    :: tag_owner[page_of(block)] != store_key[store] -> next[block] = foreign; foreign = block
    :: else ->
       assert(page_store[page_of(block)] == store && !arrived[block]); /* F1 */
       arrived[block] = true;
#ifdef MUTANT_used_without_outbox
       if
       :: used[page_of(block)] != 0 -> used[page_of(block)]--
       :: else
       fi;
#else
       used[page_of(block)]--;
#endif
       retire_if_empty(page_of(block))
    fi
  }
}

inline put_all(store, list, foreign) {
  do
  :: list != null ->
     atomic { block = list; list = next[block] };
     put_one(store, block, foreign)
  :: else -> break
  od;
  block = null
}

/* collect */
inline collect(key, list) {
  atomic {
    if
    :: inbox[key] != closed -> list = inbox[key]; inbox[key] = null
    :: else
    fi
  }
}

/* Registry::disband_into, PageStore::bequeath: the registry's lock lets one thread have store 2. */
inline disband_into(heir) {
  atomic {
    if
    :: parked -> parked = 0; got = true
    :: else
    fi
  }
  if
  :: got ->
     take_lock(2);
     atomic { list = inbox[2]; inbox[2] = closed }; /* close */
     put_all(2, list, foreign);
     take_lock(heir);
     if
     :: page_store[0] == 2 ->
#ifdef MUTANT_retags_through_none
        tag_route[0] = no_route;
#endif
        tag_owner[0] = store_key[heir];
        tag_route[0] = keep_route; /* PageStore::route_of(heir): KEEP until it turns */
        page_store[0] = heir
     :: else
     fi;
     store_key[2] = nobody;
     drop_lock(heir);
     drop_lock(2);
     assert(foreign == null);
     got = false
  :: else
  fi
}

/* The thread of store 1: flush_blocks, perhaps take_from_pages, a tick, thread end. */
proctype flusher() {
  byte list, own, foreign, block, head, key, last, count, flushed;
  bool posted, got;
  d_step { next[1] = 2; next[2] = 4; next[4] = null; list = 1 };
  do /* flush_blocks */
  :: list != null ->
     atomic { block = list; list = next[block] };
     if
     :: tag_owner[page_of(block)] == store_key[1] -> d_step { next[block] = own; own = block }
     :: else -> send_home(block)
     fi
  :: else -> break
  od;
  take_lock(1);
  put_all(1, own, foreign);
  drop_lock(1);
  assert(foreign == null); /* what is a live heap's stays its own */
  if
  :: disband_into(1)
  :: true
  fi;
  do /* Outbox::flush, twice */
  :: flushed < 2 ->
     post_entry(2);
     post_entry(3);
     flushed++
  :: else -> break
  od;
  if
  :: page_store[0] == nobody -> /* open_page; free pages are taken by a compare-and-swap */
     page_store[0] = 1;
     take_lock(1);
     tag_owner[0] = store_key[1];
     tag_route[0] = other_class;
     drop_lock(1)
  :: true
  fi
}

/* Lifecycle::free_without_heap */
proctype without_heap() {
  byte block, head, key;
  bool posted;
  deliver_block(3)
}

/* The thread of store 3: perhaps take_from_pages, judge, drain_inbox with flush_list. */
proctype turner() {
  byte list, foreign, block, key;
  bool got;
  if
  :: disband_into(3)
  :: true
  fi;
#ifndef MUTANT_set_home_without_lock
  take_lock(3);
#endif
  if
  :: page_store[0] == 3 -> /* set_home, tag_run: both halves, the owner first */
     tag_owner[0] = store_key[3];
     tag_route[0] = home_route
  :: else
  fi;
#ifndef MUTANT_set_home_without_lock
  drop_lock(3);
#endif
  collect(3, list);
  take_lock(3);
  put_all(3, list, foreign);
  drop_lock(3);
  assert(foreign == null)
}

/* drain_for store 3 */
proctype third_party() {
  byte list, foreign, block;
  if
  :: atomic { store_lock[3] == 0 -> store_lock[3] = 1 };
     collect(3, list);
     put_all(3, list, foreign);
     drop_lock(3);
     assert(foreign == null)
  :: store_lock[3] == 1
  fi
}

init {
  byte list, foreign, block, store = 1;
  atomic {
    do
    :: store < 4 -> store_key[store] = store; store++
    :: else -> break
    od;
    tag_owner[0] = 2;
    tag_route[0] = keep_route;
    page_store[0] = 2;
    used[0] = 3;
    tag_owner[1] = 1;
    tag_route[1] = keep_route;
    page_store[1] = 1;
    used[1] = 1;
    run flusher();
    run without_heap();
    run turner();
    run third_party();
    (_nr_pr == 1) -> store = 1
  }
  /* F3: the next drain of each heap, and then all is on its page. */
  do
  :: store < 4 ->
     if
     :: store_key[store] != nobody -> collect(store_key[store], list)
     :: else -> assert(inbox[store] == closed)
     fi;
     put_all(store, list, foreign);
     assert(foreign == null);
     store++
  :: else -> break
  od;
  assert(arrived[1] && arrived[2] && arrived[3] && arrived[4]);
  assert(tag_owner[0] == (page_store[0] == nobody -> nobody : store_key[page_store[0]]));
  assert(page_store[0] != nobody || tag_route[0] == no_route);
  assert(page_store[0] != 1 || tag_route[0] == other_class);
  assert(used[0] == 0 && used[1] == 0)
}
