"""The texts of the noon in both languages, and the facts beside it."""

NAME = "partner-vanishes"
ROW, TITLE = "R14", ("The partner vanishes at noon", "정오에 파트너가 사라지다")
STORY = (
    "Live, over HTTP: a server runs, clients ask, and the backend of the partner's model is killed without a word "
    "while requests are in flight. The board crisis of November 2023 showed that a partner can falter overnight. "
    "Later the backend comes back.",
    "HTTP로 실제로 겪는다. 서버가 돌고 클라이언트가 묻는 동안 파트너 모델의 백엔드가 예고 없이 강제로 종료된다. "
    "2023년 11월의 이사회 사태는 파트너가 하룻밤 사이에 흔들릴 수 있음을 보여 주었다. 나중에 백엔드가 돌아온다.",
)
SEE = (
    "Requests in flight, failovers, time to recover, requests lost, receipts: before, during and after.",
    "처리 중이던 요청, 넘어간 요청, 회복까지의 시간, 잃은 요청, 영수증을 사건 전과 도중, 뒤에 본다.",
)
ANSWER = (
    "{1} requests were in flight, {2} went on to the house's model, {3} were lost; the first request after noon was "
    "answered {4} s later",
    "처리 중이던 요청 {1}건, 자체 모델로 넘어간 요청 {2}건, 잃은 요청 {3}건. 정오 뒤 첫 요청은 {4}초 만에 답을 받았다",
)
FACTS = ("board-crisis-of-november-2023", "agi-clause-can-end-the-licence", "regulators-are-a-shock")
ASSUMED = (
    (
        "Whole answers, no streams: what has begun to stream is cut off, since two models can't finish one sentence",
        "완결된 응답만 다룬다. 이미 흐르기 시작한 답은 두 모델이 한 문장을 나눠 끝낼 수 없으므로 끊긴다",
    ),
    (
        "The partner's backend is a process that waits as long as its prompt decides, from 0.08 to 0.4 s",
        "파트너의 백엔드는 프롬프트에 따라 0.08~0.4초 뒤 답하는 프로세스다",
    ),
)
KILLED = ("The partner's backend is killed", "파트너의 백엔드가 강제로 종료된다")
RETURNED = ("It comes back, and is found by a probe", "백엔드가 돌아오고 시험 호출이 이를 알아챈다")
LEFT_ALONE = (
    "After a few failures the partner's deployment is left alone, and only probed.",
    "몇 번 실패하면 파트너의 배포를 쉬게 하고 시험 호출만 보낸다.",
)
