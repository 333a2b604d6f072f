/* inbox.pml: post, collect, close and reopen of one inbox, while its pages change hands.
 *
 * Code: src/heap/owner.h (post, collect, close, reopen), src/heap/delivery.cc (deliver,
 * deliver_block, drain_for), Registry::disband_into and assign_key for what surrounds close and
 * reopen, drain_all_inboxes. Store 1 is parked and has key 1 and two pages: blocks 1 and 2 lie on the
 * first, block 3 on the second. One poster delivers the batch 1, 2 to key 1, whose tags it has read
 * long ago; another delivers block 3. The disbander closes key 1 and lets store 2 (key 2) inherit
 * the pages; later, perhaps, store 3 gets key 1. A third party drains whom it likes, by try-lock.
 * Memory is sequentially consistent here; the orders are argued in owner.h.
 *
 * I1  A block is in one place: it reaches its page once, that of the store that has the page.
 * I2  A collector never meets CLOSED as if it were a list.
 * LTL Every block arrives: no poster waits for ever while the disbander goes on.
 */
#define null 0
#define closed 255
#define nobody 0
#define last_block 3
#define batch_first 1
#define batch_last 2
#define batch_count 2

#define page_of(block) ((block) / 3) /* blocks 1, 2: page 0; block 3: page 1 */
#define all_home (arrived[1] == 1 && arrived[2] == 1 && arrived[3] == 1)

byte inbox[3];        /* Owner::inbox, by key */
byte owner_store[3];  /* Owner::store, by key */
byte store_key[4];    /* PageStore::key_, by store */
bit store_lock[4];    /* PageStore::lock_ */
byte tag_owner[2];    /* PageTag::owner, by page */
byte next[last_block + 1]; /* Block::next */

byte page_store[2];   /* ghost: whose shelves the page is on */
byte arrived[last_block + 1]; /* ghost */
bool settled;         /* ghost: nobody will close or reopen any more */

/* heap::post */
inline post(key, first, last) {
  head = inbox[key];
  do
#ifndef MUTANT_post_ignores_closed
  :: head == closed -> posted = false; break
#endif
  :: else ->
     next[last] = head;
#ifdef MUTANT_post_without_compare
     inbox[key] = first;
     posted = true;
     break
#else
     atomic {
       if
       :: inbox[key] == head -> inbox[key] = first; posted = true; break
       :: else -> head = inbox[key]
       fi
     }
#endif
  od;
  head = null
}

/* heap::collect */
inline collect(key, list) {
#ifdef MUTANT_collect_takes_closed
  list = inbox[key];
  if
  :: list != null -> atomic { list = inbox[key]; inbox[key] = null }
  :: else
  fi;
#else
  list = inbox[key];
  if
  :: list == closed -> list = null
  :: list == null
#ifdef MUTANT_collect_loads_then_stores
  :: else -> inbox[key] = null
#else
  :: else -> atomic { list = inbox[key]; inbox[key] = null }
#endif
  fi;
#endif
  assert(list <= last_block) /* I2 */
}

/* PageStore::put_inbox_with_lock_held, put_one */
inline put_inbox(store, list, foreign) {
  do
  :: list != null ->
     block = list;
     list = next[block];
     atomic {
       if
       :: tag_owner[page_of(block)] != store_key[store] -> next[block] = foreign; foreign = block
       :: else ->
          assert(page_store[page_of(block)] == store); /* I1 */
          arrived[block]++;
          assert(arrived[block] == 1) /* I1 */
       fi;
       block = null
     }
  :: else -> break
  od
}

/* deliver_block */
inline deliver_block(block) {
  key = tag_owner[page_of(block)];
  do
  :: post(key, block, block);
     if
     :: posted -> break
     :: else -> /* os::wait_a_moment */
#ifndef MUTANT_waits_for_the_old_key
        key = tag_owner[page_of(block)]
#endif
     fi
  od;
  atomic { posted = false; key = nobody }
}

/* deliver_each; the count bounds the walk, as what follows the last block is not the list's. */
inline deliver_each(list, count) {
  do
  :: list != null && count != 0 ->
     atomic { block = list; list = next[block]; count-- };
     deliver_block(block)
  :: else -> break
  od;
  atomic { list = null; block = null; count = 0 }
}

#define unbounded 99

/* deliver, for who has read the tags before they changed: Outbox::post_entry. */
proctype batch_poster() {
  byte head, key, block, list, count;
  bool posted;
  next[batch_first] = batch_last;
  post(1, batch_first, batch_last);
  if
  :: posted
  :: else ->
     atomic { list = batch_first; count = batch_count };
     deliver_each(list, count)
  fi
}

/* deliver_block, for who has no heap of his own: Lifecycle::free_without_heap. */
proctype block_poster() {
  byte head, key;
  bool posted;
  deliver_block(3)
}

/* Registry::disband_into: the registry's lock is held throughout; nobody else here wants it. */
proctype disbander() {
  byte head, key, block, list, foreign, count;
  bool posted;
  atomic { store_lock[1] == 0 -> store_lock[1] = 1 };
#ifdef MUTANT_close_after_draining
  collect(1, list);
  put_inbox(1, list, foreign);
  inbox[1] = closed;
#else
  atomic { list = inbox[1]; inbox[1] = closed }; /* heap::close */
  put_inbox(1, list, foreign);
#endif
  atomic { store_lock[2] == 0 -> store_lock[2] = 1 };
  d_step { tag_owner[0] = store_key[2]; page_store[0] = 2 }; /* bequeath */
  d_step { tag_owner[1] = store_key[2]; page_store[1] = 2 };
  store_key[1] = nobody;
  atomic { store_lock[2] = 0 };
  atomic { store_lock[1] = 0 };
  owner_store[1] = nobody;
  count = unbounded;
  deliver_each(foreign, count);
  if
  :: true /* key 1 rests */
  :: atomic { store_lock[3] == 0 -> store_lock[3] = 1 }; /* Registry::assign_key */
     store_key[3] = 1;
     store_lock[3] = 0;
     owner_store[1] = 3;
     inbox[1] = null /* heap::reopen */
  fi;
  settled = true
}

/* drain_for, by a poster that nobody answers, and drain_all_inboxes. */
proctype third_party() {
  byte head, key, block, list, foreign, store, count;
  bool posted;
  if
  :: store = owner_store[1]; key = 1
  :: store = owner_store[2]; key = 2
  :: store = 3
  fi;
  if
  :: atomic { store != nobody && store_lock[store] == 0 -> store_lock[store] = 1 };
     if
     :: key == nobody -> key = store_key[store]
     :: else
     fi;
     if
     :: key != nobody && store_key[store] == key ->
        collect(key, list);
        put_inbox(store, list, foreign)
     :: else
     fi;
     store_lock[store] = 0;
     count = unbounded;
     deliver_each(foreign, count)
  :: store == nobody || store_lock[store] == 1 /* the try failed */
  fi
}

/* ThreadHeap::drain_inbox of a live heap: collects without the lock, when there is something. What
 * it would put into a bin goes to the page at once, under the lock. */
proctype live_heap(byte store; byte mine) {
  byte head, key, block, list, foreign, count;
  bool posted;
  do
  :: atomic { store_key[store] == mine && inbox[mine] != null && inbox[mine] != closed -> skip };
     collect(mine, list);
     atomic { store_lock[store] == 0 -> store_lock[store] = 1 };
     put_inbox(store, list, foreign);
     store_lock[store] = 0;
     count = unbounded;
     deliver_each(foreign, count)
  :: all_home && settled -> break
  od
}

init {
  atomic {
    store_key[1] = 1;
    store_key[2] = 2;
    owner_store[1] = 1;
    owner_store[2] = 2;
    tag_owner[0] = 1;
    tag_owner[1] = 1;
    page_store[0] = 1;
    page_store[1] = 1;
    run batch_poster();
    run block_poster();
    run disbander();
    run live_heap(2, 2);
    run live_heap(3, 1);
#ifndef LTL /* the third party always ends: it only tries */
    run third_party()
#endif
  }
}

#ifdef LTL
ltl arrival { <> (all_home && settled) }
#endif
